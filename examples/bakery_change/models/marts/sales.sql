with lines as (

    select
        sale_lines.sale_id,
        sum(sale_lines.pieces) as pieces,
        sum(sale_lines.pieces * breads.price) as amount
    from {{ ref('stg_sale_lines') }} as sale_lines
    inner join {{ ref('breads') }} as breads on breads.bread_id = sale_lines.bread_id
    group by sale_lines.sale_id

)

select
    sales.sale_id,
    sales.bakery_id,
    sales.card_id,
    sales.sold_on,
    cast(lines.pieces as bigint) as pieces,
    cards.discount_percent,
    cast(lines.amount * (100 - cards.discount_percent) / 100 as decimal(10, 2)) as amount
from {{ ref('stg_sales') }} as sales
inner join lines on lines.sale_id = sales.sale_id
inner join {{ ref('cards') }} as cards on cards.card_id = sales.card_id
