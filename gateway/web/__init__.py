"""The pages: what employers read, in Norwegian, and the sign-in of `dev`."""
