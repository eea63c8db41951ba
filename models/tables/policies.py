"""Policies as they were, and which organization has gone by which since when."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Text
from sqlmodel import Field, SQLModel

from models.tables.columns import UtcDateTime, real_now


class PolicyRow(SQLModel, table=True):
    """A policy, kept as it is for ever under a name of its content."""

    __tablename__ = "policies"
    id: str = Field(primary_key=True)
    name: str
    version: int
    numbers: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=UtcDateTime, default_factory=real_now)


class OrganizationPolicyRow(SQLModel, table=True):
    """Since when an organization goes by a policy, by whom and why; the highest revision holds, and none is changed."""

    __tablename__ = "organization_policies"
    organization_id: str = Field(primary_key=True, foreign_key="organizations.id")
    revision: int = Field(primary_key=True)
    policy_id: str = Field(foreign_key="policies.id", index=True)
    since: datetime = Field(sa_type=UtcDateTime)
    command_id: str
    actor_role: str
    actor_id: str
    reasons: list[dict[str, Any]] = Field(sa_type=JSON, default_factory=list)
    recorded_at: datetime = Field(sa_type=UtcDateTime, default_factory=real_now)
