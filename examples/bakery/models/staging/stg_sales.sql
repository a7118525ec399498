-- Vouchers are paid for when they are bought, so handing one in is no sale.
select
    sale_id,
    bakery_id,
    card_id,
    sold_at,
    cast(sold_at as date) as sold_on,
    paid_with
from {{ ref('sales_log') }}
where paid_with <> 'voucher'
