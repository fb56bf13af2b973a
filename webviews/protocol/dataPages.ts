/** rows of one page, as the panel of an output asks for them; apart from the Api, so that the page does not carry its checks */
export const PAGE_ROWS = 100;
