"""Smart-card readers (智能卡读写器) through PC/SC: cards come and go, commands are data."""
