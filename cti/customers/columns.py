"""What columns of a customers' file may be called, in Chinese and English, and what may stand in them. Pure."""

from __future__ import annotations

import unicodedata

COLUMNS: dict[str, tuple[str, ...]] = {
    "external_id": ("external_id", "客戶編號", "編號", "客編", "客戶代號", "id", "customer_id", "customer_no"),
    "name": ("name", "姓名", "名稱", "客戶姓名", "客戶名稱", "客戶", "customer"),
    "title": ("title", "稱謂", "稱呼"),
    "kind": ("kind", "類型", "類別", "客戶類型", "type"),
    "state": ("state", "狀態", "客戶狀態", "status"),
    "numbers": (
        "numbers",
        "電話",
        "電話號碼",
        "聯絡電話",
        "手機",
        "手機號碼",
        "行動電話",
        "市話",
        "住家電話",
        "公司電話",
        "number",
        "phone",
        "phones",
        "telephone",
        "tel",
        "mobile",
        "landline",
    ),
    "owner": ("owner", "負責人", "負責業務", "業務", "業務員", "承辦人", "agent"),
    "tier": ("tier", "等級", "級別", "客戶等級", "level", "grade"),
    "email": ("email", "電子郵件", "電子信箱", "信箱", "e_mail", "mail"),
    "address": ("address", "地址", "住址", "聯絡地址"),
    "terms": ("terms", "付款條件", "交易條件", "條件", "payment_terms"),
    "language": ("language", "語言"),
    "preferences": ("preferences", "偏好", "喜好", "preference"),
    "source": ("source", "來源"),
    "national": ("national_id", "身分證字號", "身份證字號", "身分證", "居留證號碼", "統一證號"),
    "passport": ("passport", "護照號碼", "護照"),
    "company": ("company_number", "統一編號", "統編", "tax_id"),
}

VALUES: dict[str, dict[str, str]] = {
    "kind": {
        "person": "person",
        "company": "company",
        "household": "household",
        "個人": "person",
        "公司": "company",
        "家庭": "household",
    },
    "state": {"customer": "customer", "prospect": "prospect", "客戶": "customer", "潛在客戶": "prospect"},
    "tier": {"a": "A", "b": "B", "c": "C"},
}

LONGEST: dict[str, int] = {
    "external_id": 100,
    "name": 200,
    "title": 40,
    "owner": 40,
    "email": 200,
    "address": 300,
    "terms": 200,
    "language": 20,
    "source": 100,
}
"""Characters, as the tables have them; a test compares."""


def header_key(header: str) -> str:
    """A header without case, width, spaces and signs, as it is compared."""
    plain = unicodedata.normalize("NFKC", header).strip().strip("\ufeff\"'").casefold()
    return "_".join(plain.replace("-", " ").replace("_", " ").split())


def column_of(header: str) -> str | None:
    """The column a header names, whatever its case, width and spaces; None when nobody knows it."""
    return _BY_HEADER.get(header_key(header))


_BY_HEADER = {name: column for column, names in COLUMNS.items() for name in names}
