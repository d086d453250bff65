"""What boots an image: the accelerator that works here, a closed internet, the machine."""
