"""Alignment: a similarity that is known comes back, and the warp puts pixels where it says."""

from __future__ import annotations

import math

import torch

from resefa.metrics.features.alignment import ARCFACE_POINTS, centre_crop, similarity_transform, warped


def test_the_transform_that_made_the_points_is_found():
    angle, scale, shift = 0.4, 1.7, torch.tensor([5.0, -3.0]).double()
    turn = scale * torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]).double()
    found = similarity_transform(ARCFACE_POINTS, ARCFACE_POINTS @ turn.T + shift)
    assert torch.allclose(found, torch.cat([turn, shift[:, None]], 1))


def test_a_mirror_image_is_not_reached_by_mirroring():
    mirrored = ARCFACE_POINTS * torch.tensor([-1.0, 1.0])
    found = similarity_transform(ARCFACE_POINTS, mirrored)
    assert float(torch.linalg.det(found[:, :2])) > 0
    apart = (ARCFACE_POINTS @ found[:, :2].T + found[:, 2] - mirrored).square().sum()
    for change in (torch.eye(2).double() * 0.01, torch.tensor([[0, -0.01], [0.01, 0]]).double()):
        for sign in (1, -1):
            turn = found[:, :2] @ (torch.eye(2).double() + sign * change)
            shift = mirrored.mean(0) - turn @ ARCFACE_POINTS.mean(0)
            assert (ARCFACE_POINTS @ turn.T + shift - mirrored).square().sum() > apart


def test_warped_pixels_land_where_the_matrix_says():
    image = torch.full((1, 20, 30), -1.0)
    image[0, 4, 7] = 1
    moved = warped(image, torch.tensor([[1.0, 0, 2], [0, 1, -1]]).double(), 16)
    assert moved.shape == (1, 16, 16) and torch.allclose(moved[0, 3, 9], torch.tensor(1.0), atol=1e-5)
    assert float((moved + 1).sum()) < 2.001
    doubled = warped(torch.ones(3, 8, 8), torch.tensor([[2.0, 0, 0.5], [0, 2, 0.5]]).double(), 20)
    assert torch.allclose(doubled[:, 1:15, 1:15], torch.ones(3, 14, 14)) and torch.equal(
        doubled[:, 18:], -torch.ones(3, 2, 20)
    )


def test_the_centre_crop_is_square():
    images = torch.zeros(1, 3, 20, 40)
    images[..., 10:30] = 1
    assert torch.equal(centre_crop(images, 20), torch.ones(1, 3, 20, 20))
