{{ config(materialized='table') }}

select 1 as id, 'spelt' as word
union all select null, 'bun'
