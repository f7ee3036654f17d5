"""What a media file says of itself, and so what a player will ask for before it plays."""
