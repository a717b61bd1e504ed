"""BigGAN and BigGAN-deep modules of TF-Hub."""
