"""Single files: checked opening and atomic writing, kinds of files, NumPy, safetensors, pictures, archives, locks."""
