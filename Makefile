# Kaodian: see README.md. Every target sets the machine up first; set-up skips what is done.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# Debian's own Python, whatever else the PATH holds.
PYTHON3 ?= /usr/bin/python3
PYTHON := .venv/bin/python

.PHONY: help setup demo test bench bench-images provision test-provision setup-images image kiosk test-images test-images-quick lint clean

help: ## 显示本说明 / show this text
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

setup: ## 安装所需的一切，可重复执行 / install all that is needed; may be run again
	@test -x $(PYTHON3) || { echo "缺少 $(PYTHON3)，请先执行 / missing, first run: apt-get install python3" >&2; exit 1; }
	@$(PYTHON3) provisioning/workstation/prepare.py

demo: setup ## 启动中心与考点的演示，Ctrl-C 结束 / run a centre and a site with sample data; Ctrl-C ends it
	@exec $(PYTHON) provisioning/workstation/demo.py

# TESTS="tests/unit -k journal" runs some of them. Three at a time on two cores: most of a test is waiting for something real.
test: setup ## 运行全部测试 / run all tests
	@$(PYTHON) -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(TESTS)

bench: setup ## 测量速度，每项一行 JSON / measure speed, one JSON line each
	@PYTHONPATH=images:provisioning $(PYTHON) -m tests.bench

bench-images: setup-images ## 测量镜像大小与启动时间（需要 root）/ measure the images: sizes, power-on (needs root)
	@PYTHONPATH=images:provisioning $(PYTHON) -m tests.bench server-image seat-image power-on

provision: setup ## 部署考点服务器：SITE=考点文件 HOST=服务器 / set a server up: SITE=FILE HOST=SERVER
	@test -n "$(SITE)" -a -n "$(HOST)" || { echo "请给出 SITE=考点文件 HOST=服务器 / give SITE=FILE HOST=SERVER" >&2; exit 2; }
	@PYTHONPATH=provisioning $(PYTHON) provisioning/workstation/provision.py --site "$(SITE)" --host "$(HOST)" $(OPTIONS)

test-provision: ## 在容器里的 Debian 12、13 上试部署 / try provisioning on Debian 12 and 13 in containers
	@$(PYTHON3) provisioning/workstation/prepare.py tests/provisioning/debian-packages.txt
	@$(PYTHON) -m pytest -p no:xdist $(or $(TESTS),tests/provisioning)

setup-images: ## 安装制作镜像所需的一切 / install all that building images needs
	@$(PYTHON3) provisioning/workstation/prepare.py images/debian-packages.txt

image: setup-images ## 制作考点服务器镜像（需要 root）/ build the image of the site server (needs root)
	@PYTHONPATH=images:provisioning $(PYTHON) -m site_images appliance

kiosk: setup-images ## 制作考生机镜像（需要 root）/ build the image of the seats (needs root)
	@PYTHONPATH=images:provisioning $(PYTHON) -m site_images kiosk

test-images: setup-images ## 制作镜像并在虚拟机中全部试过 / build the images and try all of them in virtual machines
	@$(PYTHON) -m pytest -p no:xdist $(or $(TESTS),tests/images)

test-images-quick: setup-images ## 同上，只试安装、网络启动和一场考试 / the same, but only installing, netboot and one exam
	@$(PYTHON) -m pytest -p no:xdist -m "not whole" $(or $(TESTS),tests/images)

lint: setup ## 检查代码、依赖方向与页面 / check code, import arrows and pages
	@$(PYTHON) provisioning/workstation/lint.py

clean: ## 删除生成的一切 / remove all that was made
	rm -rf .venv .setup.lock .demo .bench .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf provisioning/workstation/web-libraries/node_modules
