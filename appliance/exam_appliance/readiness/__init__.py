"""The environment standard (环境配置标准) as data, one check a file, the report, and form 4."""
