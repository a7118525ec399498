{{ config(materialized='table') }}

select 1 as id, 'rye' as word
union all select null, 'bun'
union all select null, 'bap'
