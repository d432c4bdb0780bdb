"""The door for those who keep it running: /internal for the platform, /drift for people."""
