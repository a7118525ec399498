{{ config(materialized='table') }}

select 1 as id, 'rye' as word, 0.1 as noise
union all select 2, 'bun', 0.2
union all select 3, 'bap', 0.3
