{{ config(materialized='table') }}

select 1 as id, 'rye' as word, 0.9 as noise
union all select 2, 'knot', 0.8
union all select 4, 'bap', 0.3
