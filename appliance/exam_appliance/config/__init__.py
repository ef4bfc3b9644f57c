"""Configuration in three layers: shipped defaults, the centre's signed policy, the site's YAML file."""

from exam_appliance.config.layers import Loaded, Origin, load_settings
from exam_appliance.config.problems import ConfigError, ConfigProblem
from exam_appliance.config.rendering import render, rendered_json
from exam_appliance.config.settings import (
    AccountSettings,
    CentreSettings,
    ExamSettings,
    ListenSettings,
    RehearsalSettings,
    Settings,
    SiteSettings,
)
from exam_appliance.config.starting import SITE_FILE, Started, load_site, stored_policy, take_up

__all__ = [
    "SITE_FILE",
    "AccountSettings",
    "CentreSettings",
    "ConfigError",
    "ConfigProblem",
    "ExamSettings",
    "ListenSettings",
    "Loaded",
    "Origin",
    "RehearsalSettings",
    "Settings",
    "SiteSettings",
    "Started",
    "load_settings",
    "load_site",
    "render",
    "rendered_json",
    "stored_policy",
    "take_up",
]
