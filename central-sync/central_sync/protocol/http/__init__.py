"""How both halves speak HTTP: problem documents, typed routes and the OpenAPI made from them."""
