{{ config(materialized='table') }}

select 2 as id where 1 = 0
