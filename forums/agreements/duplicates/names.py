"""Names as they compare: without what differs between two ways to write one name. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Traditional and simplified forms of the characters that names of firms, places, metals and works are written with.
_PAIRS = """
係系 倉仓 個个 傑杰 備备 傳传 債债 傷伤 僅仅 價价 儀仪 億亿 優优 儲储 兩两 冊册 凍冻 別别 則则 剛刚 創创 劃划 劉刘 劑剂
動动 務务 勝胜 勞劳 勢势 勵励 勻匀 匯汇 區区 協协 卻却 參参 員员 問问 啓启 啟启 喬乔 單单 噴喷 噸吨 嚴严 國国 圍围 園园
圓圆 圖图 團团 執执 堅坚 報报 場场 塊块 塗涂 塵尘 墊垫 壇坛 壓压 壘垒 壩坝 壯壮 壽寿 夠够 奧奥 奪夺 婦妇 孫孙 學学 實实
寧宁 審审 寫写 寬宽 寶宝 將将 專专 尋寻 對对 導导 層层 屬属 岡冈 島岛 峽峡 嵗岁 嶺岭 巖岩 師师 帶带 幀帧 幣币 幫帮 幹干
庫库 廠厂 廢废 廣广 廳厅 張张 強强 彈弹 彙汇 後后 徑径 從从 復复 徵征 態态 慶庆 憂忧 應应 懷怀 戰战 戲戏 戶户 掃扫 換换
損损 搖摇 擁拥 擇择 擊击 擔担 據据 擠挤 擬拟 擴扩 擺摆 攝摄 敗败 敘叙 數数 斷断 於于 昇升 時时 晉晋 曆历 曉晓 會会 東东
條条 棟栋 楊杨 業业 極极 榮荣 構构 槍枪 樁桩 樂乐 樓楼 標标 樣样 樹树 橋桥 機机 橫横 檔档 檢检 櫃柜 欄栏 權权 歐欧 歲岁
歷历 殘残 殻壳 殼壳 毀毁 氣气 氫氢 氬氩 決决 況况 涼凉 淨净 淺浅 測测 湯汤 準准 溝沟 溫温 滅灭 滬沪 滯滞 滲渗 滾滚 滿满
漢汉 漿浆 潁颍 潤润 澤泽 澱淀 濃浓 濕湿 濟济 濰潍 濱滨 濺溅 濾滤 瀋沈 瀘泸 灣湾 無无 煉炼 煙烟 熒荧 熱热 燈灯 燒烧 燴烩
爐炉 爾尔 牆墙 獎奖 獨独 獲获 獻献 現现 琺珐 瑪玛 環环 璽玺 瓏珑 產产 畫画 異异 當当 療疗 發发 盡尽 監监 盤盘 眾众 矯矫
矽硅 確确 碼码 磚砖 礎础 礦矿 礬矾 禦御 禮礼 稅税 種种 稱称 穀谷 積积 穎颖 穩稳 窯窑 競竞 筆笔 箇个 節节 範范 築筑 簡简
簽签 籌筹 籠笼 籤签 粵粤 糧粮 糾纠 紀纪 約约 紅红 納纳 純纯 紙纸 級级 紡纺 細细 終终 組组 結结 絕绝 絡络 給给 統统 絲丝
經经 綜综 綠绿 綫线 維维 網网 緊紧 線线 緣缘 編编 緯纬 練练 縣县 縫缝 縮缩 縱纵 總总 績绩 織织 繞绕 繩绳 繪绘 繫系 繼继
續续 纖纤 纜缆 羅罗 羣群 義义 習习 聖圣 聞闻 聯联 聰聪 聲声 職职 肅肃 脫脱 腦脑 膚肤 膠胶 臨临 臺台 與与 興兴 舉举 舊旧
艙舱 艦舰 艱艰 華华 萬万 葉叶 葯药 蓋盖 蔣蒋 蕪芜 蕭萧 薦荐 藝艺 藥药 蘆芦 蘇苏 蘭兰 處处 虛虚 號号 蝕蚀 蟲虫 蠟蜡 術术
衛卫 衝冲 裏里 補补 裝装 裡里 製制 複复 褲裤 襯衬 規规 視视 覺觉 覽览 觀观 訂订 計计 訊讯 討讨 訓训 託托 記记 訪访 設设
許许 訴诉 診诊 証证 評评 詞词 試试 詩诗 話话 該该 詳详 誌志 認认 語语 誠诚 誤误 課课 調调 談谈 請请 論论 諧谐 諮咨 諾诺
謀谋 謝谢 證证 識识 譜谱 議议 護护 讀读 變变 讓让 豐丰 貝贝 負负 財财 貢贡 貨货 販贩 責责 貯贮 貴贵 費费 貼贴 貿贸 賀贺
資资 賓宾 賣卖 質质 賬账 賴赖 購购 賽赛 贊赞 贏赢 贛赣 趙赵 跡迹 踐践 蹟迹 躍跃 車车 軋轧 軌轨 軍军 軟软 軸轴 較较 載载
輔辅 輕轻 輛辆 輝辉 輥辊 輪轮 輯辑 輸输 輻辐 輾辗 輿舆 轉转 轎轿 辦办 農农 這这 連连 週周 進进 運运 過过 達达 違违 遞递
遠远 適适 遷迁 選选 遺遗 遼辽 還还 邊边 郵邮 鄉乡 鄧邓 鄭郑 鄰邻 醫医 醬酱 釀酿 釋释 釔钇 釘钉 針针 釩钒 釬钎 釹钕 鈀钯
鈉钠 鈍钝 鈑钣 鈔钞 鈣钙 鈦钛 鈰铈 鈷钴 鉑铂 鉗钳 鉛铅 鉬钼 鉻铬 銀银 銅铜 銑铣 銘铭 銦铟 銲焊 銷销 鋁铝 鋅锌 鋒锋 鋪铺
鋯锆 鋰锂 鋸锯 鋼钢 錄录 錘锤 錠锭 錢钱 錫锡 錳锰 鍊炼 鍋锅 鍍镀 鍛锻 鍵键 鍺锗 鍾钟 鎂镁 鎖锁 鎘镉 鎢钨 鎧铠 鎮镇 鎳镍
鎵镓 鏈链 鏡镜 鐘钟 鐳镭 鐵铁 鑄铸 鑑鉴 鑒鉴 鑭镧 鑰钥 鑽钻 長长 門门 閃闪 閉闭 開开 間间 閥阀 閩闽 闆板 闊阔 關关 陝陕
陰阴 陳陈 陸陆 陽阳 隊队 階阶 際际 隨随 險险 隱隐 隴陇 雙双 雜杂 雞鸡 離离 難难 雲云 電电 霧雾 靈灵 靜静 韋韦 韌韧 韓韩
響响 頁页 頂顶 項项 順顺 預预 頓顿 領领 頤颐 頭头 頻频 題题 額额 顏颜 願愿 類类 顯显 風风 飄飘 飆飙 飛飞 飯饭 飲饮 飼饲
飾饰 養养 餘余 館馆 馬马 駐驻 駕驾 駿骏 騰腾 驅驱 驗验 驛驿 髮发 鬆松 鬥斗 魚鱼 魯鲁 鳥鸟 鳳凤 鴻鸿 鵬鹏 鶴鹤 鹼碱 鹽盐
麗丽 麥麦 麵面 黃黄 點点 黨党 黴霉 齊齐 齒齿 齡龄 龍龙 龐庞
"""
_SIMPLIFIED = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})

_NUMBER = r"(?:[一二三四五六七八九十]+|\d{1,2}|[ivx]{1,4})"
_PHASE = re.compile(rf"第?({_NUMBER}(?:[、,和及与至~-]{_NUMBER})*)期(?:工程|项目)*")
_ENGLISH = "one|two|three|four|five|six|seven|eight|nine|ten"
_ENGLISH_PHASE = re.compile(
    rf"\bphase\s*({_ENGLISH}|\d{{1,2}}|[ivx]{{1,4}})\b|\b(1st|2nd|3rd|first|second|third)\s+phase\b"
)
_VALUES = {word: number for number, word in enumerate(_ENGLISH.split("|"), 1)}
_VALUES |= {
    word: number for number, word in enumerate(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"), 1)
}
_VALUES |= {"1st": 1, "2nd": 2, "3rd": 3, "first": 1, "second": 2, "third": 3}
_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
# What a name may end in without naming anything, the longest first; and words of English that do the same anywhere.
_ENDINGS = ("有限责任公司", "股份有限公司", "有限公司", "建设项目", "建设工程", "项目", "工程", "建设", "股份")
_EMPTY_WORDS = frozenset({"示例", "synthetic", "project", "projects", "construction", "co", "company", "corp", "inc",
                          "ltd", "limited", "llc", "the"})  # fmt: skip
# (示例09) marks an invented row; its number does tell it from another.
_MARKED = re.compile(r"^示例(?=\d*$)")
_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class NormalName:
    """What two spellings of one name share (`key`, "" for no name), and the phases (一期 is 1) that were taken out."""

    key: str
    phases: tuple[int, ...] = ()


@lru_cache(maxsize=65_536)
def normal_name(text: str) -> NormalName:
    """One key for full and half width, brackets, spaces, case, 项目 and 有限公司, traditional and simplified."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_SIMPLIFIED)
    phases: list[int] = []

    def take(match: re.Match[str]) -> str:
        found = next(group for group in match.groups() if group)
        phases.extend(_value(word) for word in re.findall(rf"{_NUMBER}|\w+", found))
        return " "

    bare = _ENGLISH_PHASE.sub(take, _PHASE.sub(take, folded))
    words = [_MARKED.sub("", _without_ending(word)) for word in _BETWEEN.split(bare) if word not in _EMPTY_WORDS]
    key = "".join(words) or "".join(_BETWEEN.split(bare)) or "".join(_BETWEEN.split(folded))
    return NormalName(key, tuple(sorted(set(phases))))


@lru_cache(maxsize=65_536)
def bigrams(key: str) -> frozenset[str]:
    """Every two characters that stand side by side; a single one for itself."""
    return frozenset(key[i : i + 2] for i in range(len(key) - 1)) or frozenset({key} if key else ())


def similarity(one: str, other: str) -> float:
    """How much of two keys is alike, from 0 to 1 (Dice over pairs of characters)."""
    a, b = bigrams(one), bigrams(other)
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0


def _without_ending(word: str) -> str:
    while ending := next((end for end in _ENDINGS if word.endswith(end) and word != end), ""):
        word = word.removesuffix(ending)
    return "" if word in _ENDINGS else word


def _value(word: str) -> int:
    """一 → 1, 十二 → 12, ii → 2, 3 → 3."""
    if word.isdigit():
        return int(word)
    if word in _VALUES:
        return _VALUES[word]
    tens, ten, ones = word.partition("十")
    if not ten:
        return _DIGITS.get(word[-1], 0)
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)
