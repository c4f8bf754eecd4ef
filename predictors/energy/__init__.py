"""From fused kernels to energy, latency and intervals, device by device."""
