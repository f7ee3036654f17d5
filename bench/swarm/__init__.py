"""What a player sees of simulated swarms: the real server, peers in processes of their own behind lines."""
