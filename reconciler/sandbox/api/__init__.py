"""dbt Cloud's own URLs, one module per resource."""
