"""HTTP: addresses and answers, the gate and pairing, the certificate, the panel's pages."""
