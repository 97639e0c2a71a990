"""What does not agree with statements: told with its reason, followed until it is gone, remedied by other eyes."""
