{{ config(materialized='table') }}

select 1 as id, 'rye' as word
union all select 2, 'bun'
union all select 3, 'knot'
