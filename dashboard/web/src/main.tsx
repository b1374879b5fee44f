// SPDX-License-Identifier: EUPL-1.2
import { render } from 'preact';

import './styles/kern.css';
import './styles/page.css';
import './styles/print.css';
import { Page } from './page';

render(<Page />, document.getElementById('page')!);
