"""What image/run and tests/run do on the host: fetch mkosi, build tools, kernel, programs and image."""
