"""What every door needs: the Flask factory and its server, tokens, bodies, correlation ids, problems, metrics."""
