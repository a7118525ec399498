{{ config(materialized='table') }}

select 'rye' as word, 1 as pieces
union all select 'bun', 2
union all select 'bun', 3
