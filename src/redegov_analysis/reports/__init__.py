"""What people read: notebooks run with parameters, rendered to pages and published as one site."""
