select
    cards.card_id,
    cards.holder,
    count(sales.sale_id) as visits,
    max(sales.sold_on) as last_seen
from {{ ref('cards') }} as cards
inner join {{ ref('sales') }} as sales on sales.card_id = cards.card_id
group by cards.card_id, cards.holder
