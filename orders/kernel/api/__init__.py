"""The edge of the REST API: strict reading, one base view, pages by key, RFC 9457 problems."""
