-- A voucher handed in is bread that left the shop, so it counts.
select
    sale_id,
    bakery_id,
    card_id,
    sold_at,
    cast(sold_at as date) as sold_on,
    paid_with
from {{ ref('sales_log') }}
