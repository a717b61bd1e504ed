"""DCGAN (Radford, Metz and Chintala, ICLR 2016)."""
