"""The columns of a roster in .xlsx: one declaration for template and reader."""

from __future__ import annotations

from central_sync.centre.files.workbook import Column, TableForm

MAX_CANDIDATES = 20_000
MAX_EXTRA_MINUTES = 240
MAX_RESIT = 9

NAME = Column("name", "姓名", "name", required=True, max_length=60, aliases=("考生姓名",))
SEX = Column("sex", "性别", "sex", max_length=10)
ID_NUMBER = Column(
    "id_number",
    "身份证号",
    "ID number",
    required=True,
    max_length=40,
    text_only=True,
    aliases=("身份证号码", "居民身份证号", "居民身份证号码", "证件号码", "证件号"),
)
EMPLOYER = Column("employer", "工作单位", "employer", max_length=120, aliases=("单位", "单位名称"))
MOBILE = Column(
    "mobile",
    "联系电话",
    "mobile",
    max_length=30,
    text_only=True,
    aliases=("手机", "手机号", "手机号码", "电话"),
)
EXTRA = Column("extra_minutes", "加时(分钟)", "extra time", max_length=10, aliases=("加时分钟", "加时"))
RESIT = Column("resit", "补考次数", "resits", max_length=10, aliases=("补考",))
REMARK = Column("remark", "备注", "remark", max_length=500, one_line=False)
COLUMNS = (NAME, SEX, ID_NUMBER, EMPLOYER, MOBILE, EXTRA, RESIT, REMARK)
ROSTER_FORM = TableForm(sheet="考生", columns=COLUMNS, max_rows=MAX_CANDIDATES)
