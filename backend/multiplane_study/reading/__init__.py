"""The bundled model's reading weights: what looks at a drawing, trained by itself."""
