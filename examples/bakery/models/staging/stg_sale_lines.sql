select
    sale_id,
    line,
    bread_id,
    pieces
from {{ ref('sale_lines') }}
where pieces > 0
