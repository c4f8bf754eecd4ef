"""What can tell the energy of this machine: one module per kind of sensor, `found` to list and choose."""
