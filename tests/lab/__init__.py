"""A network laboratory: nodes, backends and a client in network namespaces on one bridge."""
