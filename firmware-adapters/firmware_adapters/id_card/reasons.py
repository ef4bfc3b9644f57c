"""Why a reader or a document is as it is: every reason of the family, declared once.

Sentences are read by a technician or an invigilator at the gate: what is wrong, then what to do next.
"""

from __future__ import annotations

from firmware_adapters.adapter import Reason

# The line between us and the module.
NO_ANSWER = Reason(
    "id_card.no_answer",
    "阅读器没有应答：请重新插拔数据线；仍无应答时换一个接口或换一台阅读器",
    "The reader does not answer: unplug and replug its cable; if that fails use another port or reader",
)
NOT_A_READER = Reason(
    "id_card.not_a_reader",
    "该设备没有按身份证阅读器协议（GA 450）应答：请确认插的是身份证阅读器",
    "The device does not answer as an ID-card reader (GA 450) does: check that it is one",
)
BAD_CHECKSUM = Reason(
    "id_card.bad_checksum",
    "阅读器数据校验和不符：请检查数据线和接头，远离干扰源，必要时换线",
    "The reader's data fails its checksum: check cable and plugs, keep off interference, change the cable",
)
BAD_LENGTH = Reason(
    "id_card.bad_length",
    "阅读器数据长度不符：请检查数据线；反复出现时换一台阅读器",
    "The reader's data has a wrong length: check the cable; if it comes again use another reader",
)
TRUNCATED = Reason(
    "id_card.truncated",
    "阅读器数据不完整：请检查数据线和供电，不要经过无源集线器连接",
    "The reader's data is cut short: check cable and power; do not connect it through an unpowered hub",
)
GARBAGE = Reason(
    "id_card.garbage",
    "收到无法识别的数据：请确认是身份证阅读器，串口请核对波特率设置",
    "What came in makes no sense: check that it is an ID-card reader and, on a serial port, its baud rate",
)
SLOW = Reason(
    "id_card.slow",
    "阅读器应答缓慢：可以继续使用；若影响检录，请换接口或换一台阅读器",
    "The reader answers slowly: go on; if it holds up the gate use another port or another reader",
)
PORT_BUSY = Reason(
    "id_card.port_busy",
    "阅读器被其他程序占用：请关闭厂商自带的读卡程序后重新插拔",
    "Another program holds the reader: close the maker's own reading program, then replug the reader",
)
NO_PERMISSION = Reason(
    "id_card.no_permission",
    "没有打开阅读器的权限：请重新执行安装步骤，使设备规则生效后重新插拔",
    "No permission to open the reader: run provisioning again so that the device rules apply, then replug it",
)
NO_ENDPOINTS = Reason(
    "id_card.no_endpoints",
    "USB 设备没有阅读器应有的通信端点：请确认型号，或在设备选项中指定端点布局",
    "The USB device lacks a reader's endpoints: check the model or set its endpoint layout in its options",
)
USB_LIBRARY_MISSING = Reason(
    "id_card.usb_library_missing",
    "系统缺少 libusb 库，无法使用 USB 阅读器：请重新执行安装步骤",
    "The library libusb is missing, so USB readers cannot be used: run provisioning again",
)

# What the module itself answers (SW3).
MODULE_CHECKSUM = Reason(
    "id_card.module_checksum",
    "安全模块报告收到的数据校验和错误（10）：请检查数据线后重试",
    "The module reports a checksum error in what it received (10): check the cable and try again",
)
MODULE_LENGTH = Reason(
    "id_card.module_length",
    "安全模块报告收到的数据长度错误（11）：请检查数据线后重试",
    "The module reports a wrong length in what it received (11): check the cable and try again",
)
BAD_COMMAND = Reason(
    "id_card.bad_command",
    "安全模块不支持该命令（21）：模块较旧，请在设备选项中关闭该功能",
    "The module does not know the command (21): it is an old one; switch that feature off in its options",
)
NOT_PERMITTED = Reason(
    "id_card.not_permitted",
    "安全模块不允许该操作（23）：请拿开证件后重新放置",
    "The module does not permit this (23): take the card away and lay it down again",
)
UNKNOWN_ERROR = Reason(
    "id_card.unknown_error",
    "安全模块报告未知错误（24）：请重新放置证件；反复出现时重新插拔阅读器",
    "The module reports an unknown error (24): lay the card again; if it repeats, replug the reader",
)
CARD_REFUSED_SAM = Reason(
    "id_card.card_refused_sam",
    "证件不认可该阅读器的安全模块（31）：请换一台阅读器读取",
    "The card refuses this reader's security module (31): read it on another reader",
)
SAM_REFUSED_CARD = Reason(
    "id_card.sam_refused_card",
    "安全模块不认可该证件（32）：证件可能是伪造或已损坏，请人工核验",
    "The security module refuses the card (32): it may be forged or damaged; let a person check it",
)
VERIFICATION_FAILED = Reason(
    "id_card.verification_failed",
    "证件信息验证失败（33）：请重新放置证件；仍失败时人工核验",
    "Verifying the card's data failed (33): lay it again; if it fails again let a person check it",
)
UNKNOWN_CARD = Reason(
    "id_card.unknown_card",
    "无法识别的卡（40）：请放置居民身份证、港澳台居民居住证或外国人永久居留身份证",
    "Unknown card (40): lay a resident identity card, a residence permit or a permanent resident's card",
)
READ_FAILED = Reason(
    "id_card.read_failed",
    "读证件失败（41）：请将证件平放在感应区不要移动，再试一次",
    "Reading the card failed (41): lay it flat on the reader, keep it still and try again",
)
RANDOM_FAILED = Reason(
    "id_card.random_failed",
    "安全模块取随机数失败（47）：请重新插拔阅读器；反复出现时换一台",
    "The module failed to draw a random number (47): replug the reader; if it repeats use another",
)
SAM_SELF_TEST_FAILED = Reason(
    "id_card.sam_self_test_failed",
    "安全模块自检失败（60）：阅读器需要送修，请换一台",
    "The security module failed its self-test (60): the reader needs repair; use another",
)
SAM_UNAUTHORISED = Reason(
    "id_card.sam_unauthorised",
    "安全模块未授权（66）：请联系阅读器厂商办理授权，先换一台使用",
    "The security module is not authorised (66): ask the reader's maker to authorise it; use another for now",
)
FIND_FAILED = Reason(
    "id_card.find_failed",
    "没有找到证件（80）：请将证件放在阅读器感应区",
    "No card was found (80): lay the card on the reader",
)
SELECT_FAILED = Reason(
    "id_card.select_failed",
    "选取证件失败（81）：请只放一张证件，拿开其他卡后重试",
    "Selecting the card failed (81): lay one card only, take other cards away and try again",
)
ITEM_ABSENT = Reason(
    "id_card.item_absent",
    "证件中没有该项信息（91）。无需处理",
    "The card does not hold this item (91). Nothing to do",
)
UNLISTED_STATUS = Reason(
    "id_card.unlisted_status",
    "安全模块给出协议之外的状态码：请记录该代码并换一台阅读器",
    "The module gave a status outside the protocol: note the code and use another reader",
)
CARD_LIFTED = Reason(
    "id_card.card_lifted",
    "证件没有读完就被拿开：请重新平放证件，等提示后再取走",
    "The card was taken away before it was read: lay it flat again and wait for the sign",
)
CARD_DATA_LENGTH = Reason(
    "id_card.card_data_length",
    "证件数据各部分长度不符：请重新放置证件；仍出现时换一台阅读器",
    "The parts of the card's data have wrong lengths: lay it again; if it repeats use another reader",
)
NO_CARD_YET = Reason(
    "id_card.no_card_yet",
    "等待时间内没有放上证件：请放好证件后再试",
    "No card was laid in the time given: lay the card and try again",
)

# What a document says.
UNKNOWN_TYPE = Reason(
    "id_card.unknown_type",
    "证件类型标志无法识别，已按居民身份证格式显示：请对照证面核对每一项",
    "The document's type flag is unknown; it is shown as a resident card: compare every item with the card",
)
LONE_SURROGATE = Reason(
    "id_card.lone_surrogate",
    "有无法显示的残缺字符（显示为“�”）：请对照证面核对该项",
    "A broken character cannot be shown (it stands as “�”): compare the item with the card",
)
CONTROL_CHARACTERS = Reason(
    "id_card.control_characters",
    "有不应出现的控制字符（显示为“�”）：请对照证面核对该项",
    "Control characters that should not be there stand as “�”: compare the item with the card",
)
PRIVATE_CHARACTER = Reason(
    "id_card.private_character",
    "有自造字，可能显示不正确：请对照证面核对该项",
    "A character of a private set may not show as printed: compare the item with the card",
)
NO_NAME = Reason(
    "id_card.no_name",
    "证件中没有姓名：请对照证面，人工核验",
    "The document has no name: look at the card and let a person check it",
)
UNKNOWN_SEX = Reason(
    "id_card.unknown_sex",
    "性别代码不在国家标准（GB/T 2261.1）之内：请对照证面核对",
    "The sex code is not one of the standard (GB/T 2261.1): compare it with the card",
)
UNKNOWN_NATION = Reason(
    "id_card.unknown_nation",
    "民族代码不在国家标准（GB 3304）之内：请对照证面核对",
    "The nation code is not one of the standard (GB 3304): compare it with the card",
)
BAD_BIRTH_DATE = Reason(
    "id_card.bad_birth_date",
    "出生日期不是有效日期：请对照证面核对",
    "The date of birth is not a date: compare it with the card",
)
BAD_VALID_FROM = Reason(
    "id_card.bad_valid_from",
    "有效期起始日期不是有效日期：请对照证面核对",
    "The first day of validity is not a date: compare it with the card",
)
BAD_VALID_TO = Reason(
    "id_card.bad_valid_to",
    "有效期截止日期既不是有效日期也不是“长期”：请对照证面核对",
    "The last day of validity is neither a date nor “长期” (long term): compare it with the card",
)
VALIDITY_REVERSED = Reason(
    "id_card.validity_reversed",
    "有效期截止早于起始：请对照证面核对",
    "The validity ends before it begins: compare it with the card",
)
NUMBER_FORM = Reason(
    "id_card.number_form",
    "证件号码的位数或字符不符合该类证件的规定：请对照证面核对",
    "The number has not the form of its kind of document: compare it with the card",
)
NUMBER_CHECK_DIGIT = Reason(
    "id_card.number_check_digit",
    "证件号码校验位不正确：请对照证面核对号码，必要时人工核验",
    "The number's check digit is wrong: compare the number with the card and let a person check it",
)
NUMBER_AREA = Reason(
    "id_card.number_area",
    "居住证号码不以 810000、820000 或 830000 开头：请对照证面核对",
    "The permit's number does not begin with 810000, 820000 or 830000: compare it with the card",
)
BIRTH_MISMATCH = Reason(
    "id_card.birth_mismatch",
    "出生日期与证件号码中的日期不一致：请对照证面，人工核验",
    "The date of birth differs from the one in the number: look at the card and let a person check it",
)
SEX_MISMATCH = Reason(
    "id_card.sex_mismatch",
    "性别与证件号码的顺序码不一致：请对照证面，人工核验",
    "The sex differs from what the number says: look at the card and let a person check it",
)
PASS_NUMBER_FORM = Reason(
    "id_card.pass_number_form",
    "通行证号码格式不符（港澳为 H 或 M 加 8 位数字，台湾为 8 位数字）：请对照证面核对",
    "The pass number has not its form (H or M and 8 digits, Taiwan 8 digits): compare it with the card",
)
NEW_ADDRESS_LENGTH = Reason(
    "id_card.new_address_length",
    "追加住址的长度与预期不同，未予显示：请记录型号，在设备选项中调整后再读",
    "The new address has an unexpected length and is not shown: note the model and set it in the options",
)

# The photo.
PHOTO_NO_DECODER = Reason(
    "id_card.photo_no_decoder",
    "没有配置照片解码程序：与报名照片比对，或由工作人员核对",
    "No photo decoder is configured: compare with the registration photo or let a person look",
)
PHOTO_NO_DATA = Reason(
    "id_card.photo_no_data",
    "证件没有给出照片数据：与报名照片比对，或由工作人员核对",
    "The card gave no photo: compare with the registration photo or let a person look",
)
PHOTO_DECODER_MISSING = Reason(
    "id_card.photo_decoder_missing",
    "找不到配置的照片解码程序：请检查设备选项中的路径",
    "The configured photo decoder was not found: check its path in the options",
)
PHOTO_DECODER_FAILED = Reason(
    "id_card.photo_decoder_failed",
    "照片解码程序出错：请检查其授权文件和运行环境",
    "The photo decoder failed: check its licence file and what it needs to run",
)
PHOTO_DECODER_SLOW = Reason(
    "id_card.photo_decoder_slow",
    "照片解码程序超时：请检查服务器负载，或在设备选项中放宽时限",
    "The photo decoder took too long: check the server's load or allow it more time in the options",
)
PHOTO_BAD_PICTURE = Reason(
    "id_card.photo_bad_picture",
    "照片解码结果不是 102×126 的图片：请更换照片解码程序",
    "What the decoder gave is not a picture of 102 by 126: use another photo decoder",
)

REASONS: dict[str, Reason] = {
    reason.code: reason for reason in list(globals().values()) if isinstance(reason, Reason)
}
