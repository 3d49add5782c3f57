"""What dbt left under target/, from open binary files to values: streamed, and never an error for what a file holds.

walk      the entries of a file's sections, one at a time
results   run_results.json and sources.json
manifest  manifest.json: only the nodes that an alert shows, and what depends on what
graph     what stands around the nodes that went wrong
owner     who owns a node
"""
