"""HTTP: routes, log-in, pages, static files, translations. Decides nothing about calls or customers itself."""
