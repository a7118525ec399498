{{ config(materialized='table', alias='Odd names') }}

select 1 as "the id", 'a' as "select", 'c' as "quote""d"
union all select 2, null, 'b'
