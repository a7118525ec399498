select
    card_id,
    holder,
    discount_percent,
    holder_since
from {{ ref('cards') }}
