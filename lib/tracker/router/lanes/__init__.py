"""What is done for the offload lane: what may go there, what its errors mean."""
