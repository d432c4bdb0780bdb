"""The door for those who keep it running: /drift for people, and what `/internal` tells of the database."""
