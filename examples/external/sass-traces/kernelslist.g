kernel-48.traceg
kernel-49.traceg
kernel-51.traceg
kernel-354.traceg
kernel-358.traceg
kernel-364.traceg
kernel-367.traceg
kernel-368.traceg
