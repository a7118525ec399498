select
    bread_id,
    bread_name,
    kind,
    price,
    cast(round(price * 13 / 12, 2) as decimal(6, 2)) as price_delivered
from {{ ref('breads') }}
