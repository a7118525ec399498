{{ config(materialized='table', alias='Odd names') }}

select 1 as "the id", 'a' as "select", 'b' as "quote""d"
union all select 2, null, 'b'
