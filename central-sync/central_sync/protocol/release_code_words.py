"""The 256 words of release codes: toneless pinyin with a character to read out over the phone.

Of syllables that are heard alike in parts of the country (zh and z, ch and c, sh and s, n and l,
-ing and -in, -eng and -en) only one is a word.
"""

from __future__ import annotations

_TABLE = """
ai 爱  an 安  ao 奥  ba 八  bai 白  ban 班  bang 帮  bao 包
bei 北  ben 本  bi 比  bian 边  biao 表  bing 冰  bo 波  bu 布
cai 菜  cao 草  cha 茶  chan 产  chang 长  che 车  cheng 城  chi 尺
chong 虫  chou 抽  chu 出  chuan 船  chuang 窗  chui 吹  chun 春  cuo 错
da 大  dai 带  dan 单  dang 当  dao 刀  de 德  deng 灯  di 地
dian 电  diao 雕  ding 丁  diu 丢  dong 东  dou 豆  du 读  dui 队
duo 多  fa 发  fan 饭  fang 方  fei 飞  feng 风  fu 福  gai 改
gang 钢  gao 高  ge 歌  gen 根  gong 工  gou 狗  gu 古  gua 瓜
guai 怪  guan 关  guang 光  gui 贵  guo 国  ha 哈  hai 海  han 汉
hang 航  hao 好  he 河  hei 黑  heng 横  hong 红  hou 后  hu 湖
hua 花  huan 欢  huang 黄  hui 回  huo 火  ji 鸡  jia 家  jian 见
jiang 江  jiao 角  jie 街  jin 金  jiu 九  ju 橘  juan 卷  jue 决
jun 军  kai 开  kang 康  kao 考  ke 课  kong 空  kou 口  ku 苦
kuai 快  kuan 宽  kuang 矿  kui 葵  lai 来  lang 浪  lao 老  le 乐
lei 雷  li 里  liang 凉  lie 列  lin 林  liu 六  long 龙  lou 楼
lu 路  luan 乱  luo 罗  ma 马  mai 麦  man 满  mang 忙  mao 毛
mei 梅  men 门  mi 米  mian 面  miao 秒  ming 明  mo 墨  mu 木
na 拿  nan 南  nian 年  niao 鸟  ou 欧  pai 排  pan 盘  pao 跑
pei 配  peng 朋  pi 皮  pian 片  piao 票  ping 平  po 坡  pu 普
qi 七  qian 前  qiang 墙  qiao 桥  qie 切  qing 青  qiu 秋  qu 去
quan 全  que 雀  qun 群  rang 让  rao 绕  ren 人  ri 日  rong 荣
rou 肉  ru 如  rui 瑞  ruo 若  sai 赛  sha 沙  shan 山  shang 上
shao 少  she 社  sheng 生  shi 十  shou 手  shu 书  shuai 帅  shuang 双
shui 水  song 松  suan 算  sun 孙  suo 锁  ta 他  tai 台  tan 谈
tang 糖  tao 桃  teng 藤  ti 题  tian 天  tiao 条  tie 铁  ting 听
tong 同  tou 头  tu 土  tuan 团  tui 推  tuo 拖  wa 瓦  wai 外
wan 万  wang 王  wei 围  wen 文  wo 我  wu 五  xi 西  xia 夏
xian 先  xiang 香  xiao 小  xie 写  xing 星  xiong 熊  xiu 秀  xu 许
xuan 选  xue 雪  xun 寻  ya 牙  yan 盐  yang 羊  yao 药  ye 叶
yi 一  ying 英  yong 永  you 友  yu 鱼  yuan 元  yue 月  yun 云
za 杂  zai 在  zao 早  ze 则  zhan 站  zhang 张  zheng 正  zhi 纸
zhong 中  zhou 周  zhu 竹  zhuan 砖  zhuang 装  zhun 准  zui 最  zuo 左
"""

_CELLS = _TABLE.split()

PINYIN: tuple[str, ...] = tuple(_CELLS[0::2])
"""The word of each byte 0-255, in alphabetical order."""

CHARACTERS: tuple[str, ...] = tuple(_CELLS[1::2])
"""The character of each byte 0-255, read as its word."""

BYTE_OF_PINYIN: dict[str, int] = {word: value for value, word in enumerate(PINYIN)}
BYTE_OF_CHARACTER: dict[str, int] = {character: value for value, character in enumerate(CHARACTERS)}
