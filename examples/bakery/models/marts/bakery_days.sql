{{ config(materialized='incremental', unique_key=['bakery_id', 'sold_on'], incremental_strategy='delete+insert') }}

select
    bakery_id,
    sold_on,
    cast(count(*) as integer) as receipts,
    cast(sum(pieces) as integer) as pieces,
    cast(sum(amount) as decimal(10, 2)) as takings
from {{ ref('sales') }}
{% if is_incremental() %}
where sold_on >= (select max(sold_on) from {{ this }})
{% endif %}
group by bakery_id, sold_on
