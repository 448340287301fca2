"""The tables of a store. No names of people stand in it; who looks into it with SQL begins at the view ``figures``."""

from __future__ import annotations

TABLES = """
CREATE TABLE files (                 -- a line of the intake: a workbook that came, or one that was expected
    no INTEGER, path VARCHAR, sha256 VARCHAR, cluster VARCHAR, cluster_key VARCHAR, cluster_name VARCHAR,
    industry VARCHAR, district VARCHAR, region VARCHAR, form VARCHAR, edition VARCHAR,
    rules VARCHAR,                   -- digest of the rule book that it was checked by
    year INTEGER, quarter INTEGER,   -- the reporting period; 0, 0: the plan
    standing VARCHAR, enters BOOLEAN,
    speaks BOOLEAN,                  -- its plan and indicators are in the totals
    expected BOOLEAN, deadline VARCHAR, errors INTEGER, warnings INTEGER, note VARCHAR, note_en VARCHAR,
    taken_at VARCHAR                 -- UTC: when this content first came in
);
CREATE TABLE rows (                  -- a row of a workbook; nth: of the rows with this key in the workbook, from 0
    no INTEGER, file INTEGER, table_id VARCHAR, sheet VARCHAR, row_number INTEGER, key VARCHAR, nth INTEGER,
    code VARCHAR, name VARCHAR, unit VARCHAR, mode VARCHAR, typical BOOLEAN,
    column_code INTEGER, column_unit INTEGER, column_mode INTEGER  -- where these stand; 0: nowhere
);
CREATE TABLE cells (                 -- a cell that a person fills; raw: where the number does not say it all
    row_no INTEGER, column_number INTEGER, field VARCHAR, year INTEGER, quarter INTEGER, kind VARCHAR, number DOUBLE,
    raw VARCHAR, doubtful BOOLEAN
);
CREATE TABLE asked (file INTEGER, table_id VARCHAR, year INTEGER, quarter INTEGER);
CREATE TABLE entries (               -- what a workbook gives to the totals of a row and period, and as what it counts
    row_no INTEGER, file INTEGER, form VARCHAR, table_id VARCHAR, key VARCHAR, year INTEGER, quarter INTEGER,
    standing VARCHAR, amount DOUBLE, planned DOUBLE,
    questioned BOOLEAN               -- it is in the sum, or counted as «да», although something is not right
);
CREATE TABLE totals (
    no INTEGER, form VARCHAR, table_id VARCHAR, key VARCHAR, name VARCHAR, unit VARCHAR, mode VARCHAR, year INTEGER,
    quarter INTEGER, dimension VARCHAR, group_name VARCHAR, amount DOUBLE, planned DOUBLE, numbers INTEGER,
    dashes INTEGER, yes INTEGER, blank INTEGER, doubtful INTEGER, other INTEGER, absent INTEGER, questioned INTEGER
);
CREATE TABLE remarks (               -- errors and warnings at the cells of workbooks that enter
    file INTEGER, sheet VARCHAR, row_number INTEGER, column_number INTEGER, rule VARCHAR, severity VARCHAR,
    message VARCHAR, message_en VARCHAR, hint VARCHAR, hint_en VARCHAR
);
CREATE TABLE differences (           -- where the register contradicts a workbook that enters
    file INTEGER, sheet VARCHAR, row_number INTEGER, column_number INTEGER, status VARCHAR, code VARCHAR, name VARCHAR,
    year INTEGER, workbook VARCHAR, register VARCHAR
);
CREATE TABLE sums (sheet VARCHAR, row_number INTEGER, column_number INTEGER, total INTEGER);  -- places in the свод
CREATE TABLE listed (sheet VARCHAR, row_number INTEGER, row_no INTEGER);
CREATE TABLE listed_columns (sheet VARCHAR, column_number INTEGER, year INTEGER, field VARCHAR, period INTEGER);
CREATE TABLE changed_files (
    no INTEGER, kind VARCHAR, cluster VARCHAR, form VARCHAR, year INTEGER, quarter INTEGER, file VARCHAR,
    earlier_file VARCHAR, standing VARCHAR, earlier_standing VARCHAR
);
CREATE TABLE changed_clusters (      -- what the register, or without it the title sheet, says of a cluster
    no INTEGER, cluster VARCHAR, field VARCHAR, old VARCHAR, new VARCHAR
);
CREATE TABLE changed_figures (
    no INTEGER, cluster VARCHAR, form VARCHAR, file VARCHAR, sheet VARCHAR, row_number INTEGER, column_number INTEGER,
    table_id VARCHAR, key VARCHAR, name VARCHAR, field VARCHAR, year INTEGER, quarter INTEGER,
    old_number DOUBLE, old_text VARCHAR, new_number DOUBLE, new_text VARCHAR
);
CREATE TABLE changed_totals (
    no INTEGER, form VARCHAR, table_id VARCHAR, key VARCHAR, name VARCHAR, unit VARCHAR, year INTEGER, quarter INTEGER,
    dimension VARCHAR, group_name VARCHAR, old DOUBLE, new DOUBLE, old_clusters INTEGER, new_clusters INTEGER,
    old_missing INTEGER, new_missing INTEGER
);
CREATE MACRO letters(n) AS
    CASE WHEN n > 702 THEN chr(CAST(65 + (n - 703) // 676 AS INTEGER)) ELSE '' END
    || CASE WHEN n > 26 THEN chr(CAST(65 + ((n - 27) // 26) % 26 AS INTEGER)) ELSE '' END
    || chr(CAST(65 + (n - 1) % 26 AS INTEGER));
CREATE VIEW figures AS
SELECT f.form, f.edition, f.rules, r.table_id, r.key, r.code, r.name, r.unit, r.mode, c.year, c.quarter, c.field,
    f.cluster, f.cluster_name, f.industry, f.district, f.region, c.kind, c.number, c.raw,
    coalesce(e.standing, 'not_counted') AS standing, c.doubtful, f.path AS file, r.sheet,
    letters(c.column_number) || r.row_number AS cell, f.sha256, f.taken_at,
    coalesce(e.questioned, false) AS questioned
FROM cells c JOIN rows r ON r.no = c.row_no JOIN files f ON f.no = r.file
LEFT JOIN entries e ON e.row_no = c.row_no AND e.year = c.year AND (e.quarter > 0 OR c.quarter = 0);
"""
