{{ config(materialized='view') }}

with sold as (

    select
        sale_lines.bread_id,
        sum(sale_lines.pieces) as pieces
    from {{ ref('stg_sale_lines') }} as sale_lines
    inner join {{ ref('stg_sales') }} as sales on sales.sale_id = sale_lines.sale_id
    group by sale_lines.bread_id

)

select
    breads.bread_id,
    breads.bread_name,
    cast(coalesce(sold.pieces, 0) as integer) as pieces,
    cast(rank() over (order by coalesce(sold.pieces, 0) desc) as integer) as place
from {{ ref('breads') }} as breads
left join sold on sold.bread_id = breads.bread_id
