"""The services that several machines share, started on the loopback of one machine: to try them, and for the tests."""
